export { openPlace, type Variables } from './open-place.ts'
export { openRotator, type Rotator, type RotatorOptions } from './open-rotator.ts'
