import { SignJWT } from 'jose'

export const issue = (user: string) =>
  new SignJWT({ sub: user })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode('RANDOM_BASE64URL_43'))
