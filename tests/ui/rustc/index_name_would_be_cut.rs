use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(postgres), table = "observations_of_the_weather", index(temperature_in_degrees, wind_in_knots))]
struct Observation {
    #[upsert(primary_key)]
    id: i64,
    temperature_in_degrees: i64,
    wind_in_knots: i64,
    #[upsert(index)]
    wind: i64,
}

fn main() {}
