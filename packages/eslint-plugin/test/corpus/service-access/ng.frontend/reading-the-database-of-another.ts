// @reports name
export const url = process.env.DATABASE_CERTTRANSPARENCY
