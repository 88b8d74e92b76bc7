type RedactedToken = string
declare function shorten(token: string): RedactedToken
export const report = (token: string) => console.log(shorten(token))
