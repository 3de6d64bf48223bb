//! Looks at the table, and at the session that it is looked at through.

use mysql_async::Row;

use super::error::{NO_COLUMN, NO_TABLE, from_driver, is_refusal, number};
use super::facts::{
    Catalog, CatalogTable, Seen, Shown, bytes, create, doubted_defaults, facts, is_temporary, not_understood,
};
use super::known::{Create, Known, TABLES};
use super::link::Link;
use super::session::MySqlSession;
use crate::backend::Session as _;
use crate::error::{Error, Kind};
use crate::evolve::{Definition, Look, State};
use crate::misfit::Misfit;
use crate::options::OnConflict;
use crate::plan::{TableFacts, UpsertPlan};
use crate::report::Phase;
use crate::sql::mysql as sql;

impl MySqlSession<'_> {
    /// Looks at the table for the first time. `None` if the connection was given up: somebody left a transaction open on it.
    pub(super) async fn look_first(&mut self, plan: &mut UpsertPlan<'_>) -> Result<Option<Look>, Error> {
        self.is_clean = false;
        let (catalog, known) = self.known_catalog(plan).await?;
        let is_known = catalog.is_some();
        let (catalog, behind) = match catalog {
            Some(catalog) => (catalog, known.as_ref().map(|known| known.create.clone())),
            None => self.catalog(plan.schema.as_deref(), &plan.table).await?,
        };
        if !catalog.is_shown {
            self.link.run("DO 0").await.map_err(from_driver)?;
        }
        match self.link {
            Link::Pooled(_) => {
                if self.link.is_in_transaction() {
                    // Our own question begins one, where statements do not commit by themselves.
                    if self.link.is_in_autocommit() {
                        self.give_up();
                        return Ok(None);
                    }
                    self.link.run(sql::ROLL_BACK).await.map_err(from_driver)?;
                }
            }
            Link::Lent(_) => self.in_callers |= self.link.is_in_transaction(),
        }
        // Elsewhere each question begins a transaction.
        self.is_clean = self.link.is_in_autocommit();
        plan.mysql.server = catalog.server;
        let look = self.judge(plan, &catalog).await?;
        // What was told between two looks at the statement follows from it, if it was the same.
        if let (Some((_, seen)), Some(known)) = (&mut self.looked_at, known)
            && behind.as_ref() == Some(&known.create)
        {
            *seen = seen.clone().follows_from(behind);
            if let (false, Some(table)) = (is_known, &catalog.table) {
                TABLES.remember(known, table);
            }
        }
        Ok(Some(look))
    }

    /// What the server tells of itself and the table, as a session that is set up is told it; and the statement that creates the
    /// table, as it was behind that.
    pub(super) async fn catalog(
        &mut self,
        schema: Option<&str>,
        table: &str,
    ) -> Result<(Catalog, Option<Create>), Error> {
        let (facts, show) = (sql::table_facts(schema, table), sql::show_table(schema, table));
        let mut answers = if self.open {
            self.link.ask_at_least(4, &format!("{facts};\n{show}")).await.map_err(from_driver)?
        } else {
            let question = format!("{};\n{facts};\n{};\n{show}", sql::SET_UP, sql::RESTORE);
            self.open = true;
            let mut answers = match self.link.ask_at_least(6, &question).await {
                Ok(answers) => answers,
                Err(refused) => return Err(self.set_back_after(refused).await),
            };
            self.open = false;
            // Statements without rows have answers too.
            if answers.len() >= 6 {
                answers.remove(5);
                answers.remove(0);
            }
            answers
        };
        // A refusal is none.
        answers.truncate(5);
        let catalog = Catalog::read(&answers, self.link.most_bytes()).ok_or_else(not_understood)?;
        self.identity = Some(catalog.identity.clone());
        Ok((catalog, answers.get(4).and_then(|shown| create(shown))))
    }

    /// The same of a table that is known; else what it would be known by, if it is shown.
    async fn known_catalog(&mut self, plan: &UpsertPlan<'_>) -> Result<(Option<Catalog>, Option<Known>), Error> {
        let schema = plan.schema.as_deref();
        let (about, show) = (sql::about_server(schema), sql::show_table(schema, &plan.table));
        let question = format!("{};\n{about};\n{show};\n{}", sql::SET_UP, sql::RESTORE);
        self.open = true;
        let answers = match self.link.ask_to_the_end(&question).await {
            (answers, Ok(())) => answers,
            // There is no such table, or it is not shown: then nothing behind the question was done.
            (answers, Err(refused)) => {
                let is_not_shown = answers.len() == 2 && is_refusal(&refused);
                let refused = self.set_back_after(refused).await;
                return if is_not_shown && !self.open { Ok((None, None)) } else { Err(refused) };
            }
        };
        self.open = false;
        // Statements without rows have answers too, but for the last one.
        let [_, about, shown, ..] = answers.as_slice() else { return Err(not_understood()) };
        let Some(shown) = Shown::read(about, shown, &plan.table) else { return Ok((None, None)) };
        let Some(table) = TABLES.recall(&shown.known) else { return Ok((None, Some(shown.known))) };
        let catalog = shown.with(table, self.link.most_bytes());
        self.identity = Some(catalog.identity.clone());
        Ok((Some(catalog), Some(shown.known)))
    }

    /// Sets the session back to what it was, after something was refused of a message that sets it up. Where that is refused as
    /// well, the connection is closed, as one is whose transaction is open.
    async fn set_back_after(&mut self, refused: mysql_async::Error) -> Error {
        if is_refusal(&refused) && self.link.run(sql::RESTORE_IF_SET_UP).await.is_ok() {
            self.open = false;
            return from_driver(refused);
        }
        match self.link {
            Link::Pooled(_) => from_driver(refused),
            Link::Lent(_) => from_driver(refused).connection_closed(),
        }
    }

    /// What is found under the table's name; what it is like is remembered.
    pub(super) async fn judge(&mut self, plan: &UpsertPlan<'_>, catalog: &Catalog) -> Result<Look, Error> {
        self.looked_at = None;
        let schema = Some(catalog.schema.clone().ok_or_else(no_schema_selected)?);
        if !catalog.has_schema {
            return Ok(Look { schema, state: State::NoSchema });
        }
        let Some(table) = &catalog.table else { return Ok(Look { schema, state: State::NoTable }) };
        let mut may_be_filled = false;
        if table.wants_values(plan) {
            let question = sql::has_insert_trigger(table.schema(), &plan.table);
            may_be_filled = self.ask(&question).await?;
        }
        let (mut misfits, mut facts) = facts(plan, catalog, table, may_be_filled);
        let schema_name = table.schema().to_owned();
        if plan.on_conflict != OnConflict::Error
            && plan.updates.is_empty()
            && self.ask(&sql::has_update_trigger(&schema_name, &plan.table)).await?
        {
            misfits.push(Misfit::FiresForIgnored);
            facts = None;
        }
        if let Some(facts) = &mut facts {
            misfits.extend(self.take_exact_defaults(plan, table, facts).await?);
        }
        if misfits.iter().any(Misfit::refuses) {
            facts = None;
        }
        self.looked_at = facts.map(|facts| (facts, table.seen(plan)));
        let definition =
            Definition { is_view: !table.is_ordinary(), create: table.create().to_owned(), ..Definition::default() };
        Ok(Look { schema: Some(table.schema().to_owned()), state: State::Table { misfits, definition } })
    }

    /// The catalogue holds no characters of four bytes, nor bytes that are no text: defaults that may have some are asked for.
    async fn take_exact_defaults(
        &mut self,
        plan: &UpsertPlan<'_>,
        table: &CatalogTable,
        facts: &mut TableFacts,
    ) -> Result<Vec<Misfit>, Error> {
        let not_told = |column: usize| Misfit::DefaultNotTold { column: plan.columns[column].name.to_owned() };
        let (literals, computed): (Vec<_>, Vec<_>) =
            doubted_defaults(plan, table).into_iter().partition(|(_, is_literal)| *is_literal);
        let mut misfits: Vec<Misfit> = computed.into_iter().map(|(column, _)| not_told(column)).collect();
        let literals: Vec<(usize, bool)> =
            literals.into_iter().map(|(column, _)| (column, table.holds_text(plan, column))).collect();
        if literals.is_empty() {
            return Ok(misfits);
        }
        let there = UpsertPlan { schema: Some(table.schema().to_owned()), ..plan.clone() };
        let question = sql::exact_defaults(&there, literals.iter().copied());
        let answers = self.link.ask(&question).await.map_err(from_driver)?;
        let row = answers.first().and_then(|rows| rows.first()).ok_or_else(not_understood)?;
        for (place, (column, is_text)) in literals.into_iter().enumerate() {
            match (bytes(row, place), &mut facts.column_facts[column].default) {
                (Some(exact), Some(default)) => default.sql = sql::literal_of(exact, is_text),
                (_, _) => misfits.push(not_told(column)),
            }
        }
        Ok(misfits)
    }

    /// Whether the table is still the one that was looked at; it stays so to the transaction's end.
    pub(super) async fn look_again(&mut self, plan: &UpsertPlan<'_>) -> Result<(), Error> {
        if self.looked_again {
            return Ok(());
        }
        let changed = || Error::new(Kind::ChangedTable { table: plan.name() }, Phase::Write);
        match self.is_as_seen(plan).await {
            Ok(true) => {
                self.looked_again = true;
                Ok(())
            }
            Ok(false) => Err(changed()),
            Err(error) if number(&error).is_some_and(|number| [NO_COLUMN, NO_TABLE].contains(&number)) => {
                Err(changed())
            }
            Err(error) => Err(self.refusal(error)),
        }
    }

    /// What was seen follows from the statement that creates the table. If that is another one now, it is looked at what of the
    /// table is.
    async fn is_as_seen(&mut self, plan: &UpsertPlan<'_>) -> mysql_async::Result<bool> {
        let begin = self.take_begin();
        let keep = sql::keep_as_it_is(plan);
        let Some(seen) = self.seen.clone() else { return Ok(false) };
        if let Some(known) = seen.create() {
            let show = sql::show_table(plan.schema.as_deref(), &plan.table);
            let answers = self.link.ask(&format!("{begin}{keep};\n{show}")).await?;
            let shown: &[Row] = answers.last().map_or(&[], Vec::as_slice);
            if create(shown).as_ref() == Some(known) {
                return Ok(true);
            }
            if is_temporary(shown) {
                return Ok(false);
            }
        } else {
            self.link.run(&format!("{begin}{keep}")).await?;
        }
        let now = self.link.ask(&sql::table_now(plan)).await?;
        Ok(Seen::read(plan, &now).is_some_and(|now| now.is_like(&seen)))
    }
}

fn no_schema_selected() -> Error {
    Error::plan(
        "no schema is selected on the connection: name one in its URL, with `UpsertOptions::schema`, or by `schema = \"…\"` on the \
         struct or `FrameTable::schema`",
    )
    .during(Phase::Prepare)
}
