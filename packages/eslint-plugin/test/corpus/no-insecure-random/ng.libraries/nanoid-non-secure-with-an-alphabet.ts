import { customAlphabet } from 'nanoid/non-secure'

const nano = customAlphabet('0123456789', 6)

export const newPin = () => ({ pinCode: nano() })
