//! Hears all that a test process says of itself: spans and events of `tracing`, records of `log`, at every level.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Mutex, MutexGuard, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// All that was said since the process began.
#[derive(Debug, Default)]
pub struct Listener {
    heard: Mutex<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    /// By their ids, which count from 1.
    spans: Vec<HeardSpan>,
    events: Vec<HeardEvent>,
    /// Records of `log`, which the drivers write.
    records: Vec<String>,
}

/// A span, as it is now.
#[derive(Clone, Debug)]
pub struct HeardSpan {
    pub id: u64,
    pub parent: Option<u64>,
    pub target: String,
    pub name: String,
    pub level: Level,
    pub fields: Fields,
    pub closed: bool,
    /// How many times it was entered, and left.
    pub entered: u64,
    pub left: u64,
    handles: u64,
}

/// An event, and the span it happened in.
#[derive(Clone, Debug)]
pub struct HeardEvent {
    pub parent: Option<u64>,
    pub target: String,
    pub level: Level,
    pub fields: Fields,
}

/// Fields as they were written down; a later record overrides an earlier one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// A field as text; `""` if it was never recorded.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A field that is a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}")))
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

thread_local! {
    /// The spans that this thread is in, the innermost last.
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// The span that this thread is in.
pub fn current() -> Option<u64> {
    ENTERED.with_borrow(|entered| entered.last().copied())
}

impl Listener {
    /// The listener of this process. The first to ask makes it listen.
    pub fn of_process() -> &'static Self {
        static LISTENER: OnceLock<Listener> = OnceLock::new();
        static STARTED: OnceLock<()> = OnceLock::new();
        let listener = LISTENER.get_or_init(Self::default);
        STARTED.get_or_init(|| {
            tracing::subscriber::set_global_default(Ears(listener)).expect("nobody else listens");
            log::set_logger(listener).expect("nobody else listens");
            log::set_max_level(log::LevelFilter::Trace);
        });
        listener
    }

    /// The spans below another one, at any depth, in the order of their beginning.
    pub fn spans_below(&self, ancestor: u64) -> Vec<HeardSpan> {
        let heard = self.heard();
        let mut below = Vec::new();
        for span in &heard.spans {
            let is_below = |parent| parent == ancestor || below.iter().any(|span: &HeardSpan| span.id == parent);
            if span.parent.is_some_and(is_below) {
                below.push(span.clone());
            }
        }
        below
    }

    /// The events in a span, or in one below it.
    pub fn events_below(&self, ancestor: u64) -> Vec<HeardEvent> {
        let mut spans: Vec<u64> = self.spans_below(ancestor).iter().map(|span| span.id).collect();
        spans.push(ancestor);
        let within = |event: &&HeardEvent| event.parent.is_some_and(|parent| spans.contains(&parent));
        self.heard().events.iter().filter(within).cloned().collect()
    }

    /// A span by its id.
    pub fn span(&self, id: u64) -> HeardSpan {
        self.heard().spans[index(id)].clone()
    }

    /// Everything, as text.
    pub fn transcript(&self) -> String {
        let heard = self.heard();
        let mut text = String::new();
        for HeardSpan { target, name, fields, .. } in &heard.spans {
            writeln!(text, "{target} {name} {fields:?}").expect("a string can grow");
        }
        for HeardEvent { target, fields, .. } in &heard.events {
            writeln!(text, "{target} {fields:?}").expect("a string can grow");
        }
        heard.records.iter().for_each(|record| writeln!(text, "{record}").expect("a string can grow"));
        text
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().expect("no listener panics")
    }
}

fn index(id: u64) -> usize {
    usize::try_from(id - 1).expect("a number of spans")
}

/// The listener as a subscriber, which has to be owned.
struct Ears(&'static Listener);

impl Subscriber for Ears {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let metadata = attributes.metadata();
        let parent = match attributes.parent() {
            Some(parent) => Some(parent.into_u64()),
            None if attributes.is_root() => None,
            None => current(),
        };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let mut heard = self.0.heard();
        let id = heard.spans.len() as u64 + 1;
        heard.spans.push(HeardSpan {
            id,
            parent,
            target: metadata.target().to_owned(),
            name: metadata.name().to_owned(),
            level: *metadata.level(),
            fields,
            closed: false,
            entered: 0,
            left: 0,
            handles: 1,
        });
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut self.0.heard().spans[index(span.into_u64())].fields);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let parent = event.parent().map(Id::into_u64).or_else(current);
        let (target, level) = (event.metadata().target().to_owned(), *event.metadata().level());
        self.0.heard().events.push(HeardEvent { parent, target, level, fields });
    }

    fn enter(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
        self.0.heard().spans[index(span.into_u64())].entered += 1;
    }

    fn exit(&self, span: &Id) {
        let left = ENTERED.with_borrow_mut(Vec::pop);
        assert_eq!(left, Some(span.into_u64()), "spans are left in the order in which they were entered");
        self.0.heard().spans[index(span.into_u64())].left += 1;
    }

    fn clone_span(&self, span: &Id) -> Id {
        self.0.heard().spans[index(span.into_u64())].handles += 1;
        span.clone()
    }

    fn try_close(&self, span: Id) -> bool {
        let mut heard = self.0.heard();
        let span = &mut heard.spans[index(span.into_u64())];
        span.handles -= 1;
        span.closed = span.handles == 0;
        span.closed
    }
}

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let record = format!("{} {} {}", record.level(), record.target(), record.args());
        self.heard().records.push(record);
    }

    fn flush(&self) {}
}
