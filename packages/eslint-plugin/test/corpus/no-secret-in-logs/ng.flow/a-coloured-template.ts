import { secret } from '../../secret.ts'
import chalk from 'chalk'
console.log(chalk.red`key ${secret.expose()}`)
