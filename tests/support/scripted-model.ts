import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { type BindToolsInput, BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';

/** A chat model that gives the answers that it was given, one after another, and then the last one for ever. */
export class ScriptedModel extends BaseChatModel {
  readonly #answers: readonly (AIMessage | Error)[];
  #asked = 0;

  constructor(...answers: readonly (AIMessage | Error | string)[]) {
    super({});
    this.#answers = answers.map((answer) => (typeof answer === 'string' ? new AIMessage(answer) : answer));
  }

  override _llmType(): string {
    return 'scripted';
  }

  override bindTools(_tools: BindToolsInput[]): this {
    return this;
  }

  override getLsParams(options: this['ParsedCallOptions']) {
    return { ...super.getLsParams(options), ls_provider: 'tests', ls_model_name: 'scripted-1' };
  }

  override async _generate(_messages: BaseMessage[]): Promise<ChatResult> {
    const message = this.#next();
    return { generations: [{ text: message.text, message, generationInfo: { finish_reason: 'stop' } }] };
  }

  override async *_streamResponseChunks(
    _messages: BaseMessage[],
    _options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    for (const word of this.#next().text.split(' ')) {
      const chunk = new ChatGenerationChunk({ text: word, message: new AIMessageChunk(word) });
      yield chunk;
      await runManager?.handleLLMNewToken(word, undefined, undefined, undefined, undefined, { chunk });
    }
  }

  #next(): AIMessage {
    const answer = this.#answers[Math.min(this.#asked, this.#answers.length - 1)];
    this.#asked += 1;
    if (answer instanceof Error || answer === undefined) throw answer ?? new Error('There is no answer.');
    return answer;
  }
}
