export const keyframe = Math.random()
export const monkey = Math.random().toString(36)
