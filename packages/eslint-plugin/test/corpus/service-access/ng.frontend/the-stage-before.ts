// @reports name
export const old = process.env['DATABASE_CERTTRANSPARENCY__PREVIOUS']
