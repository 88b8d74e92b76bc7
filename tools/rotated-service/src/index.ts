export { compareClients, failureOf } from './compare-clients.ts'
export { newPassword, openRotatedService, type RotatedSecret } from './rotated-service.ts'
