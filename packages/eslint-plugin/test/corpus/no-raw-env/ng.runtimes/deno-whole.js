export const everything = Deno.env.toObject()
