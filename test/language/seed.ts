/** The seed of property tests: `PROML_SEED`, else a new one; fast-check prints it when a property fails. */
export const seed = Number(process.env.PROML_SEED ?? Math.floor(Math.random() * 2 ** 31))
