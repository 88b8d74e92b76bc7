// @reports foreign
export * from '../ok.signing/the-definition.ts'
