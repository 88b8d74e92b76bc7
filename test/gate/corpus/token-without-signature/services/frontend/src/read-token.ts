import { UnsecuredJWT } from 'jose'

export function readToken(token: string): unknown {
  return UnsecuredJWT.decode(token).payload
}
