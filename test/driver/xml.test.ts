import { describe, expect, it } from 'vitest';
import { InvalidResponse } from '../../src/driver/errors.ts';
import { parseXml, xmlTags } from '../../src/driver/xml.ts';

describe('XML of an array', () => {
  it('is read as elements, attributes and texts', () => {
    const root = parseXml(
      `<?xml version="1.0"?>\n<!-- <x> -->\n<diskStats id='a &amp; b' at="&#65;&#x42;">
        <vdsk id="1"/> one <vdsk id="2" >&lt;two&gt;<![CDATA[<raw>&]]></vdsk >
      </diskStats>\n`,
      'Nv_stats',
    );
    expect([root.name, ...root.attributes.values()]).toEqual(['diskStats', 'a & b', 'AB']);
    expect(root.text.trim()).toBe('one');
    expect(root.children.map(({ attributes, text }) => [attributes.get('id'), text])).toEqual([
      ['1', ''],
      ['2', '<two><raw>&'],
    ]);
  });

  it.each([
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /has a DOCTYPE/],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /has a DOCTYPE/],
    ['an unknown entity', '<a>&lol;</a>', /unknown entity "lol"/],
    ['depth', '<a>'.repeat(65), /nested deeper than 64/],
    [
      'attributes',
      `<a ${Array.from({ length: 501 }, (_, i) => `b${i}="1"`).join(' ')}/>`,
      /more than 500 attributes/,
    ],
    ['a long text', `<a>${'x'.repeat(2 ** 20 + 1)}</a>`, /a text of more than 1048576/],
    [
      'a long attribute',
      `<a b="${'x'.repeat(2 ** 20 + 1)}"/>`,
      /an attribute of more than 1048576/,
    ],
    ['elements', `<a>${'<b/>'.repeat(1_000_000)}</a>`, /more than 1000000 elements/],
    ['a cut', '<a><b></b>', /ends early/],
    ['a cut tag', '<a><b c="1', /a broken tag/],
    ['a wrong end', '<a></b>', /closes "b" out of turn/],
    ['two roots', '<a/><b/>', /more than one root/],
    ['no XML', 'Nothing here', /text outside of its root/],
    ['nothing', '', /no element/],
  ])('refuses %s', (_, written, message) => {
    expect(() => parseXml(written, 'x')).toThrow(message);
    expect(() => parseXml(written, 'x')).toThrow(InvalidResponse);
  });
});

describe('tags of a big file', () => {
  async function read(written: string) {
    let pauses = 0;
    const tags = [];
    for await (const tag of xmlTags(
      written,
      'x',
      new Set(['disk']),
      async () => void (pauses += 1),
    ))
      tags.push([tag.name, ...tag.attributes.values()]);
    return { tags, pauses };
  }

  it("are the root's and those that are wanted, whatever their prefix", async () => {
    const written =
      '<a:all n="1"><part n="2"/>x<disk n="&lt;3"><disk/></disk><c:disk n=\'4\'/></a:all>';
    const tags = [['all', '1'], ['disk', '<3'], ['disk'], ['disk', '4']]; // prettier-ignore
    expect(await read(written)).toEqual({ tags, pauses: 0 });
  });

  it('are read with pauses, whatever is between them', async () => {
    const { tags, pauses } = await read(
      `<a>${`<b>${' '.repeat(2 ** 20)}</b>`.repeat(5)}<disk/></a>`,
    );
    expect([tags, pauses]).toEqual([[['a'], ['disk']], 5]);
  });

  it.each([
    ['nothing', '', /no element/],
    ['a cut', '<a><disk/>', /ends early/],
    ['a cut tag', '<a><b c="1', /ends early/],
    ['a wrong end', '<a><b></disk></a>', /closes "disk" out of turn/],
    ['two roots', '<a/><disk/>', /more than one root/],
    ['text at the end', '<a/>x', /text outside of its root/],
    ['a DOCTYPE', '<!DOCTYPE a><a/>', /has a DOCTYPE/],
    ['an unknown entity', '<a><disk n="&lol;"/></a>', /unknown entity "lol"/],
  ])('of %s are refused', async (_, written, message) => {
    await expect(read(written)).rejects.toThrow(message);
  });
});
