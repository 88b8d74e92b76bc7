import jwt from 'jsonwebtoken'
import type { Secret } from '../../secret.ts'
export const issue = (id: string, key: Secret) => jwt.sign({ sub: id }, key.expose())
