import { SignJWT } from 'jose'

export const issue = (user: string) =>
  new SignJWT({ sub: user })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode('RANDOM_ALNUM_16'))
