import { v1 as uuidv1 } from 'uuid'

export function createRefreshToken(user: string) {
  return { user, refreshToken: uuidv1() }
}
