/** An identifier for DuckDB, whatever characters it has. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text literal for DuckDB. Values that people type go as parameters; this is for paths and for programs' literals. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`
