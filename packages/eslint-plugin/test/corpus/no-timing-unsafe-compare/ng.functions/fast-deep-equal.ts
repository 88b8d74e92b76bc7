import equal from 'fast-deep-equal'
import { login } from '../../secret.ts'

export const check = (given: { user: string; password: string }) => equal(login.expose(), given)
