import { secret } from '../../secret.ts'
function handle(request: any) {
  request.log.info({ key: secret.expose() })
}
