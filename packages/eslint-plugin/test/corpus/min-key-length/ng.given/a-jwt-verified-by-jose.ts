import { jwtVerify } from 'jose'

const key = Buffer.from('RANDOM_ALNUM_24')

export const verify = (token: string) => jwtVerify(token, key)
