export { compareClients, failureOf, followedClient } from './compare-clients.ts'
export { newPassword, openRotatedService, type RotatedSecret } from './rotated-service.ts'
