import { secret } from '../../secret.ts'
const problem = { message: 'refused', key: secret.expose() }
Error.captureStackTrace(problem)
throw problem
