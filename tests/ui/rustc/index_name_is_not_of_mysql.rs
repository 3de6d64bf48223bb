use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(mysql), table = "observations_of_the_weather")]
#[upsert(index(temperature_in_degrees, wind_in_knots), index(wind_in_knots, name = "PRIMARY"))]
#[upsert(index(wind_in_knots, document, name = "document"), index(wind_in_knots, name = "wind "))]
struct Observation {
    #[upsert(primary_key)]
    id: i64,
    temperature_in_degrees: i64,
    wind_in_knots: i64,
    #[upsert(json)]
    document: Vec<String>,
    #[upsert(index)]
    tags: Vec<i64>,
}

fn main() {}
