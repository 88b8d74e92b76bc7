import https from 'node:https'
export const serve = (pfx: Buffer) => https.createServer({ pfx, passphrase: 'abc' })
