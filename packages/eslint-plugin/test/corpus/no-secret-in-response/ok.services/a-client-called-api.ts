import { secret } from '../../secret.ts'
import axios from 'axios'
const api = axios.create({ headers: { authorization: `Bearer ${secret.expose()}` } })
export const load = () => api.get('/keys', { params: { page: 1 } })
