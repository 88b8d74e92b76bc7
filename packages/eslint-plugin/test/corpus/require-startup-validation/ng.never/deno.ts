declare const Deno: { serve(options: unknown, handler: () => Response): void }

Deno.serve({ port: 3000 }, () => new Response('ok'))
