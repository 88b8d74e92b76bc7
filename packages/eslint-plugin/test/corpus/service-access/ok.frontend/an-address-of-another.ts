export const url = process.env['SIGNING_URL'] ?? 'https://signing.internal'
export const order = (fetch: (url: string) => void) => fetch(`${url}/certificates`)
