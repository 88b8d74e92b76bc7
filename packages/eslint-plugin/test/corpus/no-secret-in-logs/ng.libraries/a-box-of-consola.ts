import { secret } from '../../secret.ts'
import consola from 'consola'
consola.box(`Your key: ${secret.expose()}`)
