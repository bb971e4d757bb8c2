// Ask as OpenAI's client for Node does by itself; everything stands in the environment.
import { createRequire } from 'node:module'

const require = createRequire(`${process.env.NODE_CLIENTS}/package.json`)
const OpenAI = require('openai').default

const stream = await new OpenAI().chat.completions.create({
  model: process.env.MODEL_ID,
  messages: [{ role: 'user', content: process.env.QUESTION }],
  stream: true,
})
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '')
