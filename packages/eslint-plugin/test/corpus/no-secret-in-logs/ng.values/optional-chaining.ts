import type { Secret } from '../../secret.ts'
function handle(secret: Secret | undefined) {
  console.log(secret?.expose())
}
