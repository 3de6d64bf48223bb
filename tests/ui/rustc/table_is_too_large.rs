use upsert::Upsertable;

/// 190 columns and those that are named.
macro_rules! table {
    ($(#[$attribute:meta])* $name:ident: $type:ty, $($more:tt)*) => {
        #[derive(Upsertable)]
        $(#[$attribute])*
        struct $name {
            $($more)*
            c0: $type, c1: $type, c2: $type, c3: $type, c4: $type, c5: $type, c6: $type, c7: $type, c8: $type, c9: $type, c10: $type, c11: $type, c12: $type, c13: $type, c14: $type, c15: $type, c16: $type, c17: $type, c18: $type, c19: $type,
            c20: $type, c21: $type, c22: $type, c23: $type, c24: $type, c25: $type, c26: $type, c27: $type, c28: $type, c29: $type, c30: $type, c31: $type, c32: $type, c33: $type, c34: $type, c35: $type, c36: $type, c37: $type, c38: $type, c39: $type,
            c40: $type, c41: $type, c42: $type, c43: $type, c44: $type, c45: $type, c46: $type, c47: $type, c48: $type, c49: $type, c50: $type, c51: $type, c52: $type, c53: $type, c54: $type, c55: $type, c56: $type, c57: $type, c58: $type, c59: $type,
            c60: $type, c61: $type, c62: $type, c63: $type, c64: $type, c65: $type, c66: $type, c67: $type, c68: $type, c69: $type, c70: $type, c71: $type, c72: $type, c73: $type, c74: $type, c75: $type, c76: $type, c77: $type, c78: $type, c79: $type,
            c80: $type, c81: $type, c82: $type, c83: $type, c84: $type, c85: $type, c86: $type, c87: $type, c88: $type, c89: $type, c90: $type, c91: $type, c92: $type, c93: $type, c94: $type, c95: $type, c96: $type, c97: $type, c98: $type, c99: $type,
            c100: $type, c101: $type, c102: $type, c103: $type, c104: $type, c105: $type, c106: $type, c107: $type, c108: $type, c109: $type, c110: $type, c111: $type, c112: $type, c113: $type, c114: $type, c115: $type, c116: $type, c117: $type, c118: $type, c119: $type,
            c120: $type, c121: $type, c122: $type, c123: $type, c124: $type, c125: $type, c126: $type, c127: $type, c128: $type, c129: $type, c130: $type, c131: $type, c132: $type, c133: $type, c134: $type, c135: $type, c136: $type, c137: $type, c138: $type, c139: $type,
            c140: $type, c141: $type, c142: $type, c143: $type, c144: $type, c145: $type, c146: $type, c147: $type, c148: $type, c149: $type, c150: $type, c151: $type, c152: $type, c153: $type, c154: $type, c155: $type, c156: $type, c157: $type, c158: $type, c159: $type,
            c160: $type, c161: $type, c162: $type, c163: $type, c164: $type, c165: $type, c166: $type, c167: $type, c168: $type, c169: $type, c170: $type, c171: $type, c172: $type, c173: $type, c174: $type, c175: $type, c176: $type, c177: $type, c178: $type, c179: $type,
            c180: $type, c181: $type, c182: $type, c183: $type, c184: $type, c185: $type, c186: $type, c187: $type, c188: $type, c189: $type,
        }
    };
}

table! {
    #[upsert(db(mysql))]
    Texts: String, #[upsert(primary_key)] id: i64, a: String, b: String, c: String, d: String, e: String,
}

#[derive(Upsertable)]
#[upsert(db(mysql))]
struct Long {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 8400)]
    a: String,
    #[upsert(max_len = 8000)]
    b: String,
}

fn main() {}
