import { SignJWT } from 'jose'

const key = new TextEncoder().encode('jose-secret')

export const issue = () => new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(key)
