// What users of both vendors' TypeScript SDKs do: `node journey.mjs BASE_URL`, with a sandbox behind it.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { toFile } from "openai";

const MODEL = "claude-haiku-5-5";
const url = process.argv[2];
const anthropic = new Anthropic({ baseURL: url, apiKey: "any", maxRetries: 0 });
const openai = new OpenAI({ baseURL: `${url}/openai/v1`, apiKey: "any", maxRetries: 0 });

const ask = (content) => ({ model: MODEL, max_tokens: 64, messages: [{ role: "user", content }] });
const textOf = (message) => message.content.map((block) => block.text ?? "").join("");

async function until(look, what) {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await look();
    if (found) return found;
    await pause(100);
  }
  throw new Error(`waited in vain for ${what}`);
}

async function createAMessage() {
  const message = await anthropic.messages.create(ask("What is 17 + 25?"));
  assert.equal(textOf(message), "42");
  assert.equal(message.stop_reason, "end_turn");
  assert.match(message._request_id, /^req_/);
}

async function streamAMessage() {
  const pieces = [];
  const stream = anthropic.messages.stream(ask("[[say one two three four]]"));
  stream.on("text", (text) => pieces.push(text));
  assert.equal(textOf(await stream.finalMessage()), "one two three four");
  assert.equal(pieces.join(""), "one two three four");
  assert.ok(pieces.length > 1);
}

async function runAMessageBatch() {
  const numbers = [...Array(20).keys()];
  const requests = numbers.map((n) => ({ custom_id: `sum-${n}`, params: ask(`What is ${n} + 1?`) }));
  const { id } = await anthropic.messages.batches.create({ requests });
  await until(
    async () => (await anthropic.messages.batches.retrieve(id)).processing_status === "ended",
    "the batch to end",
  );
  const found = new Map();
  for await (const line of await anthropic.messages.batches.results(id)) {
    found.set(line.custom_id, textOf(line.result.message));
  }
  assert.deepEqual(found, new Map(requests.map(({ custom_id }, n) => [custom_id, String(n + 1)])));
}

async function listBatchesAndModels() {
  const made = [];
  for (let n = 0; n < 3; n += 1) {
    made.unshift((await anthropic.messages.batches.create({ requests: [{ custom_id: "a", params: ask("hi") }] })).id);
  }
  const listed = [];
  for await (const batch of anthropic.messages.batches.list({ limit: 2 })) listed.push(batch.id);
  assert.deepEqual(listed.slice(0, 3), made);
  assert.equal((await anthropic.models.retrieve(MODEL)).id, MODEL);
  assert.ok((await anthropic.messages.countTokens({ model: MODEL, messages: ask("hi").messages })).input_tokens > 0);
}

async function meetAnthropicsErrors() {
  const headers = { "promptmill-max-failures": "1", "promptmill-max-time-s": "2" };
  await assert.rejects(anthropic.messages.create({ ...ask("hi"), messages: [] }), Anthropic.BadRequestError);
  for (const [status, kind] of [
    [404, Anthropic.NotFoundError],
    [429, Anthropic.RateLimitError],
    [529, Anthropic.InternalServerError],
  ]) {
    await assert.rejects(anthropic.messages.create(ask(`[[${status}]]`), { headers }), (error) => {
      assert.ok(error instanceof kind, String(error));
      assert.equal(error.status, status);
      assert.equal(error.requestID, error.error.request_id);
      return true;
    });
  }
}

async function completeAChat() {
  const { messages } = ask("What is 17 + 25?");
  const { data, request_id } = await openai.chat.completions.create({ model: MODEL, messages }).withResponse();
  assert.equal(data.choices[0].message.content, "42");
  assert.equal(data.choices[0].finish_reason, "stop");
  assert.ok(request_id);
}

async function streamAChat() {
  const { messages } = ask("[[say one two three four]]");
  const options = { stream: true, stream_options: { include_usage: true } };
  const chunks = [];
  for await (const chunk of await openai.chat.completions.create({ model: MODEL, messages, ...options })) {
    chunks.push(chunk);
  }
  const said = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "");
  assert.equal(said.join(""), "one two three four");
  assert.ok(chunks.at(-1).usage.total_tokens > 0);
}

async function runAFileOfChats() {
  const body = { model: MODEL, messages: ask("What is 3 + 4?").messages };
  const line = { custom_id: "sum", method: "POST", url: "/v1/chat/completions", body };
  const file = await openai.files.create({
    file: await toFile(Buffer.from(`${JSON.stringify(line)}\n`), "in.jsonl"),
    purpose: "batch",
  });
  const { id } = await openai.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  const batch = await until(async () => {
    const seen = await openai.batches.retrieve(id);
    return seen.status === "completed" && seen;
  }, "the batch to complete");
  const answer = JSON.parse(await (await openai.files.content(batch.output_file_id)).text());
  assert.equal(answer.response.body.choices[0].message.content, "7");
}

async function meetOpenAIsErrors() {
  const headers = { "promptmill-max-failures": "1", "promptmill-max-time-s": "2" };
  for (const [status, kind] of [
    [400, OpenAI.BadRequestError],
    [404, OpenAI.NotFoundError],
    [429, OpenAI.RateLimitError],
    [529, OpenAI.InternalServerError],
  ]) {
    const { messages } = ask(`[[${status}]]`);
    const call = openai.chat.completions.create({ model: MODEL, messages }, { headers });
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof kind, String(error));
      return true;
    });
  }
}

const STEPS = [
  createAMessage,
  streamAMessage,
  runAMessageBatch,
  listBatchesAndModels,
  meetAnthropicsErrors,
  completeAChat,
  streamAChat,
  runAFileOfChats,
  meetOpenAIsErrors,
];

for (const step of STEPS) {
  await step();
  console.log(step.name);
}
