import { DEFAULT_JWT_SECRET } from './constants.ts'

export const secret = process.env.JWT_SECRET || DEFAULT_JWT_SECRET
