// @reports foreign
export const definitionOf = async () => (await import('../ok.signing/the-definition.ts')).definition
