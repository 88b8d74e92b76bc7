export const secrets: Record<string, string> = {
  acme: 'RANDOM_BASE64URL_43',
  globex: 'RANDOM_BASE64URL_43',
}
