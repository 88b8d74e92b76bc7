// @reports name
export const key = process.env['API_KEY_SIGNING_CERTTRANSPARENCY']
