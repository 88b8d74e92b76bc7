import { login } from '../../secret.ts'
export const password = login.map((each) => each.password)
