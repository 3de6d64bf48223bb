//! All rows in one call.

use upsert::{UpsertOptions, Upsertable};

use super::c_loop::CItem;
use super::file::{self, Files};
use super::{by_hand, c_loop};
use crate::Result;
use crate::arguments::Arguments;
use crate::clock::{Clock, Time};
use crate::rows::{Input, Inputs, Item, Workload};
use crate::table::{Figures, Role, Table, turns};

#[derive(Clone, Copy)]
enum Contender {
    Pool,
    Blocking,
    AsTheyCome,
    Sorted,
    WhatDiffers,
    Tens,
    C,
}

impl Contender {
    const ALL: [Self; 7] =
        [Self::Pool, Self::Blocking, Self::AsTheyCome, Self::Sorted, Self::WhatDiffers, Self::Tens, Self::C];

    fn name(self) -> &'static str {
        match self {
            Self::Pool => "ours, aupsert(&SqlitePool, &Vec)",
            Self::Blocking => "ours, upsert(&mut Connection, &Vec)",
            Self::AsTheyCome => "by hand, rows as they come",
            Self::Sorted => "by hand, sorted first",
            Self::WhatDiffers => "by hand, sorted first, WHERE it differs",
            Self::Tens => "by hand, sorted first, 10 rows a statement",
            Self::C => "C, sorted first, nothing copied",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Pool | Self::Blocking => Role::Ours,
            Self::AsTheyCome | Self::Sorted => Role::Rival,
            // What ours does too, and what it cannot do: with ten rows a statement no error tells which row it is about,
            // and nothing counts what was inserted.
            Self::WhatDiffers | Self::Tens | Self::C => Role::Limit,
        }
    }

    /// Whether it takes part: rows that come in order need no sorting.
    fn takes_part(self, workload: Workload, arguments: &Arguments) -> bool {
        let fits = match self {
            Self::Sorted => workload.is_shuffled(),
            Self::Pool | Self::Blocking | Self::AsTheyCome | Self::WhatDiffers | Self::Tens | Self::C => true,
        };
        fits && self.name().contains(&arguments.only)
    }
}

pub(crate) async fn bulk(inputs: &Inputs, arguments: &Arguments, figures: &mut Figures) -> Result {
    let files = Files::new(inputs)?;
    let expected = [Input::Old, Input::New].map(|input| (input, file::expected(inputs.get(input))));
    let count = inputs.get(Input::Old).len();
    let mut tables = Workload::ALL.map(|workload| {
        (
            workload,
            Table::new(format!("SQLite, {}: {count} rows of 10 columns, {} rounds", workload.name, arguments.rounds)),
        )
    });
    for round in 0..arguments.rounds {
        for (workload, table) in &mut tables {
            let contenders = Contender::ALL.into_iter().filter(|contender| contender.takes_part(*workload, arguments));
            for contender in turns(contenders, round) {
                let time = run(&files, *workload, contender, inputs).await?;
                let found = (workload.input.in_order(), file::found(&files.path("run"))?);
                assert!(
                    expected.contains(&found),
                    "{}, {}: the table holds other rows",
                    workload.name,
                    contender.name()
                );
                table.note(contender.name(), contender.role(), time);
            }
        }
    }
    for (workload, table) in &tables {
        table.print();
        for (contender, name) in [(Contender::Pool, "pool"), (Contender::Blocking, "blocking")] {
            let ratio = table.ratio_of(contender.name());
            figures.note(format!("bench sqlite {name} {} ratio to by hand", workload.name), ratio);
            let distance = table.distance(contender.name(), Contender::C.name());
            figures.note(format!("bench sqlite {name} {} ratio to C", workload.name), distance);
        }
    }
    Ok(())
}

async fn run(files: &Files, workload: Workload, contender: Contender, inputs: &Inputs) -> Result<Time> {
    let rows = inputs.get(workload.input);
    let path = files.copy(if workload.begins_with_old_rows { "old" } else { "empty" }, "run")?;
    Ok(match contender {
        Contender::Pool => {
            let pool = file::open_pool(&path)?;
            let clock = Clock::start();
            Item::aupsert(&pool, rows, UpsertOptions::new()).await?;
            clock.stop()
        }
        Contender::Blocking => {
            let mut connection = file::open(&path)?;
            let clock = Clock::start();
            Item::upsert(&mut connection, rows, UpsertOptions::new())?;
            clock.stop()
        }
        Contender::AsTheyCome | Contender::Sorted | Contender::WhatDiffers | Contender::Tens => {
            let mut connection = file::open(&path)?;
            let write = match contender {
                Contender::AsTheyCome => by_hand::write,
                Contender::Sorted => by_hand::sort_and_write,
                Contender::WhatDiffers => by_hand::sort_and_write_what_differs,
                _ => by_hand::sort_and_write_tens,
            };
            let clock = Clock::start();
            write(&mut connection, rows)?;
            clock.stop()
        }
        Contender::C => {
            let connection = file::open(&path)?;
            // A program in C has its rows in C structs.
            let items: Vec<CItem<'_>> = rows.iter().map(CItem::from).collect();
            let sql = by_hand::upsert(1);
            let clock = Clock::start();
            let mut order: Vec<_> = (0..items.len()).collect();
            if workload.is_shuffled() {
                order.sort_unstable_by_key(|&row| rows[row].id);
            }
            c_loop::write(&connection, &sql, &items, &order)?;
            clock.stop()
        }
    })
}
