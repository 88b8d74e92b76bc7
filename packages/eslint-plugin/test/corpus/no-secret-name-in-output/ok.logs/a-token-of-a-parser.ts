// @typed
declare const token: { kind: number; start: number }
console.log('unexpected', token)
