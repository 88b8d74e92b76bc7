// @reports kept
import axios from 'axios'
import { secret } from '../../secret.ts'
export function configure() {
  axios.defaults.headers.common.Authorization = `Bearer ${secret.expose()}`
}
