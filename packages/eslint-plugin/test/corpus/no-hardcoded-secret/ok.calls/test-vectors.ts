import { createHmac } from 'node:crypto'

// RFC 4231, section 4.3
export const testVector = { key: 'Jefe', data: 'what do ya want for nothing?' }
export const isRight = () => createHmac('sha256', testVector.key).update(testVector.data).digest()
