import { secret } from '../../secret.ts'
import main from 'electron-log'
main.info('key', secret.expose())
