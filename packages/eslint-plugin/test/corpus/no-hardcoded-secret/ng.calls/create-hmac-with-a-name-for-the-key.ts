import * as crypto from 'crypto'

const PRIVATE = 's3cr3t-signing'

export const sign = (body: string) => crypto.createHmac('sha1', PRIVATE).update(body).digest()
