export const token = Buffer.from('eyJwYWdlIjoyfQ', 'base64').toString()
export const shown = btoa('client_id')
