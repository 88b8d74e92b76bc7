export const toPem = (body: string) =>
  `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`
