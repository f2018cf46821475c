"""English."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

ENGLISH: Final = Words(
    hesitations="""
        um, uh, er, erm, uhm, umm, uhh, hmm, hm, mm, ah, eh, like um, let me see, let me think, you know, i mean
    """,
    leads="""
        my name is, my name's, i am called, i would like, i'd like, i want, i want to, i need, i need to,
        i'd like to, i would like to, i am looking for, i'm looking for, can i, could i, may i, can you,
        could you, would you, please tell me, i'm calling about, i am calling about, i live in, i live at,
        i'm from, i was born in, my number is, my phone number is, the number is, my address is, my email is,
        i'm trying to, i am trying to, i was wondering, i was wondering if, how about, what about, tell me about,
        the thing is, it's because, let's, i think, i think that, i guess that, do you have any, is there any,
        are there any, such as, for example, a lot of, kind of, sort of, one of, some of, out of, because of,
        instead of, as well as, going to, have to
    """,
    open="""
        and, but, or, nor, because, cause, although, though, unless, until, if, when, while, whereas, since,
        whether, than, as, the, a, an, my, your, our, their, its, his, this is, these are, every, which, whose,
        so that, very, really, quite, mister, mr, mrs, ms, doctor, dr, i'm, you're, we're, they're, i'll, you'll,
        we'll, i've, i'd, there's, it's, that's, what's, where's, into, of, from the, also, then, gonna, wanna,
        what do, how do, where do, when do, why do, what does, how does, where does, what did, how did, when did,
        the fact that
    """,
    weak="""
        to, for, with, at, in, on, by, from, about, between, through, during, without, under, over, after, before,
        towards, against, among, upon, is, are, am, was, were, be, been, being, have, has, had, can, could, will,
        would, shall, should, may, might, must, get, so, i, we, he, she, they, who, what, where, how, some, any,
        no, not, just, like, maybe, well, actually, her, want, need, think
    """,
    closers="""
        i think so, i guess so, i hope so, i don't think so, what for, come on, log in, sign in, check in,
        come in, turn it on, turn it off, turn them on, turn them off, go on, hold on, sign up, not really,
        of course, i see, who is it, what is it, how are you, and you, what do you want, what do you need,
        as i said, i don't know how, i know that, like that, like this, all of that, that's it, that's all,
        that is all, i don't, i can't, i won't, please, thanks, thank you, bye, goodbye, okay, right, today,
        tomorrow, tonight, yesterday, now, again, too, instead, it, me, them, there, here, is that so, or not,
        can not, why not, of course not, i hope not, i think not, what i want, what you want, what i need,
        what i mean, what i said, what to do, how to do it, know what i mean, what it is, where it is, how it is,
        who it is, who he is, who she is, who they are, who you are, where you are, where they are, what they are,
        as it is, if i can, as i can, when i can, if you can, i don't want to, don't have to, you want to,
        want me to, do you think, good at, be about, who is that, what is that, who are you, where are you,
        what are you, who am i, where am i, where is she, where is he, old is he, old are you, is that all,
        i'd love to, i used to
    """,
    answers="""
        yes, yeah, yep, yup, yes please, no, nope, nah, no thanks, no thank you, okay, ok, sure, right, correct,
        exactly, absolutely, definitely, of course, certainly, fine, great, good, perfect, alright, all right,
        thanks, thank you, thank you very much, thanks a lot, bye, goodbye, bye bye, hello, hi, hey, good morning,
        good evening, stop, wait, never mind, nevermind, i don't know, no idea, not yet, not really, maybe,
        i think so, i don't think so, that's all, that's it, that is all, got it, i see, mhm, mm hmm, uh huh,
        sorry, pardon, excuse me, go ahead, cancel, continue, repeat, help, not sure, i'm not sure, i'm fine,
        i'm good, me too, neither, both, sounds good, please, please do, that's right, that's correct, what, why,
        when, where, who, how, really
    """,
    echoes="""
        i do, i am, i can, i will, i would, i have, i did, i was, it is, it was, it does, it has, that is, he is,
        she is, they are, we are, we do, we can, we have, you are, you can, you do, there is, i should, i could,
        i'd like to, i don't, i can't, i won't, i'm not, i haven't, i didn't, it isn't, it's not, it doesn't,
        we don't, he isn't, i want to
    """,
    questions="what, where, who, whom, which, how, when, why, what's, where's, who's",
    subordinates="if, although, though, unless, while, whenever, whereas",
    digits="zero, oh, one, two, three, four, five, six, seven, eight, nine, double, triple",
)
