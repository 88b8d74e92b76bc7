export { newPassword, openRotatedService, type RotatedSecret } from './rotated-service.ts'
